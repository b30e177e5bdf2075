import { defineJobs, idempotent, type JobContext } from '@rearm/workqueue'

interface State {
  readonly greeting: string
}

/** What a setup's `init` may look like, with jobs that say what state they want. */
export const withParameter = defineJobs(
  { init: ({ data, index }) => ({ greeting: `hello ${data} at ${index}` }) },
  { greet: (name: string, ctx: JobContext<State>) => `${ctx.state.greeting}, ${name}` },
)

export const asMethod = defineJobs(
  {
    async init(setup): Promise<State> {
      return { greeting: String(setup.data) }
    },
    dispose(state) {
      console.log(state.greeting)
    },
  },
  {
    greet: (_: undefined, ctx: JobContext<State>) => ctx.state.greeting,
    again: idempotent(async (n: number, ctx: JobContext<State>) => ctx.state.greeting.length + n),
    // Inferred where nothing is said.
    silent: (n: number, ctx) => ctx.state.greeting.length + n,
    pure: (n: number) => n,
  },
)

export const withoutParameter = defineJobs(
  { init: () => ({ greeting: 'hello' }) },
  {
    greet: (_: undefined, ctx: JobContext<State>) => ctx.state.greeting,
    silent: (n: number, ctx) => ctx.state.greeting.length + n,
    any: (n: number, ctx: JobContext) => `${ctx.name} ${n}`,
  },
)

export const onlyDispose = defineJobs(
  { dispose: () => {} },
  { name: (_: undefined, ctx: JobContext) => ctx.name },
)

export const wrong = () =>
  defineJobs(
    { init: ({ index }) => ({ index }) },
    {
      // @ts-expect-error init makes another state
      greet: (_: undefined, ctx: JobContext<State>) => ctx.state.greeting,
    },
  )

export const wrongWithoutSetup = () =>
  defineJobs({
    // @ts-expect-error there is no init that could make it
    greet: (_: undefined, ctx: JobContext<State>) => ctx.state.greeting,
  })

export const wrongAmongOthers = () =>
  defineJobs({
    // @ts-expect-error there is no init that could make it
    greet: (_: undefined, ctx: JobContext<State>) => ctx.state.greeting,
    add: (n: number) => n + 1,
    silent: (_: undefined, ctx) => ctx.name,
  })
