import { defineJobs, type JobContext } from '@rearm/workqueue'

interface Size {
  readonly width: number
  readonly height: number
}

export default defineJobs({
  area: ({ width, height }: Size): number => width * height,
  name: async (_: undefined, ctx: JobContext): Promise<string> => ctx.name,
})
