import { defineJobs, idempotent, type JobContext, move } from '@rearm/workqueue'

/** One job for each way to say what it takes. */
export default defineJobs({
  none: () => 1,
  required: (n: number) => n,
  optional: (n?: number) => n ?? 0,
  defaulted: (n = 2) => n,
  optionalWithContext: async (n: number | undefined, ctx: JobContext) => `${ctx.name} ${n}`,
  contextOnly: (_: undefined, ctx: JobContext) => ctx.name,
  anything: <T>(value: T): T => value,
  again: idempotent((n: number) => n),
  moved: (buffer: ArrayBuffer) => move(buffer.byteLength, [buffer]),
  text: (n: string) => n,
})
