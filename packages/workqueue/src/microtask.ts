/**
 * `queueMicrotask` as it was at import: fake timers replace the global one, and then nothing that the queue puts off would
 * happen before their owner says so.
 */
export const { queueMicrotask } = globalThis
