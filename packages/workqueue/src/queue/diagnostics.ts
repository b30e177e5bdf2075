import { channel } from 'node:diagnostics_channel'

/**
 * What the queue tells `diagnostics_channel`, at no cost while nobody listens:
 * `rearm:workqueue:push` { queue, name }, when a job is accepted;
 * `rearm:workqueue:settle` { queue, name, outcome, waitMs, runMs }, when it has ended;
 * `rearm:workqueue:thread` { event: 'start' | 'ready' | 'exit', threadId, exitCode }.
 */
export const onPush = channel('rearm:workqueue:push')
export const onSettle = channel('rearm:workqueue:settle')
export const onThread = channel('rearm:workqueue:thread')
