import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { HostLane } from '../lane/host-lane.js'
import { type LaneLayout, LaneMemory } from '../lane/layout.js'
import { type Boot, PROTOCOL, WAKE } from '../worker/boot.js'
import type { Job } from './job.js'
import type { Settings } from './options.js'

/** What joins a worker thread and its host. It lives and dies with the thread. */
export interface ThreadLink {
  readonly lane: HostLane<Job>
  /** Control messages, and wake-ups in both directions. */
  readonly control: MessagePort
  /** Values that do not travel in the lane. */
  readonly values: MessagePort
  /** The thread's ends of all that, with everything else that it has to know. */
  readonly boot: Boot
  /** Set if there was no memory for it: the thread cannot start, and the lane is a small one. */
  readonly failure: unknown
}

/** For a thread that cannot start: its lane may get a few jobs before its owner is told. */
const SMALLEST: LaneLayout = { ringBytes: 4096, cells: 16 }

export function linkThread(index: number, settings: Settings, bell: SharedArrayBuffer): ThreadLink {
  let layout: LaneLayout = { ringBytes: settings.ringBytes, cells: settings.cells }
  let memory: SharedArrayBuffer
  let failure: unknown
  try {
    memory = LaneMemory.allocate(layout)
  } catch (error) {
    failure = error
    layout = SMALLEST
    memory = LaneMemory.allocate(layout)
  }
  const control = new MessageChannel()
  const values = new MessageChannel()
  const boot: Boot = {
    protocol: PROTOCOL,
    module: settings.module,
    index,
    layout,
    memory,
    bell,
    port: control.port2,
    values: values.port2,
    concurrency: settings.concurrency,
    idle: settings.idle,
    hasContext: settings.context !== undefined,
    data: settings.workerData,
    wake: settings.wake,
    probe: settings.probe,
  }
  const lane = new HostLane<Job>(new LaneMemory(memory, layout), values.port1, () =>
    control.port1.postMessage(WAKE),
  )
  return { lane, control: control.port1, values: values.port1, boot, failure }
}
