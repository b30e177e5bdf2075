import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads'
import { now } from '../clock.js'
import type { HostLane } from '../lane/host-lane.js'
import { BOOT_KEY, type FromWorker } from '../worker/boot.js'
import type { ErrorReport } from '../worker/error-report.js'
import { Backlog } from './backlog.js'
import { onThread } from './diagnostics.js'
import { Handed } from './handed.js'
import type { Job } from './job.js'
import type { Settings } from './options.js'
import { outputEnded } from './output-ended.js'
import { Pace } from './pace.js'
import { restore } from './restore-error.js'
import { startWorker } from './start-worker.js'
import { linkThread, type ThreadLink } from './thread-link.js'
import type { ThreadOwner } from './thread-owner.js'

/** A place for one worker thread. Threads come and go in it: on demand, by a crash, by an idle timeout. */
export class Thread {
  /** The living thread's lane. */
  lane: HostLane<Job> | undefined
  /** Jobs in the lane that may still run or are running. */
  load = 0
  /** True from the thread's word that it is ready until it is asked to stop. */
  isReady = false
  isStopping = false
  /** When its last job ended, in milliseconds of the process-wide clock. */
  idleSince = 0
  /** Number of jobs that came back so far. */
  returned = 0
  readonly pace: Pace
  readonly handed = new Handed()
  /** Jobs bound to this thread by their affinity. */
  readonly backlog = new Backlog()
  #worker: Worker | undefined
  #port: MessagePort | undefined
  /** Runs until the living thread has said that it is ready. */
  #late: NodeJS.Timeout | undefined
  #wasReady = false
  #failure: string | undefined
  #cause: unknown
  #gone: Promise<void> = Promise.resolve()

  constructor(
    readonly index: number,
    private readonly settings: Settings,
    private readonly bell: SharedArrayBuffer,
    private readonly owner: ThreadOwner,
  ) {
    this.pace = new Pace(settings.concurrency, settings.cells)
  }

  /** How many jobs it may hold now. */
  get limit(): number {
    return this.isReady ? this.pace.limit : this.settings.concurrency
  }

  /** The same while many more wait. */
  get deepLimit(): number {
    return this.isReady ? this.pace.deepLimit : this.settings.concurrency
  }

  get isAlive(): boolean {
    return this.lane !== undefined
  }

  /** Resolves when the thread is gone and its output has been passed on. */
  get gone(): Promise<void> {
    return this.#gone
  }

  start(): void {
    const link = linkThread(this.index, this.settings, this.bell)
    this.lane = link.lane
    this.isReady = false
    this.isStopping = false
    this.load = 0
    this.pace.reset()
    const worker = this.#create(link)
    if (worker === undefined) {
      // Not from here: the caller is in the middle of a push, and the lane may get jobs yet.
      this.#gone = new Promise((resolve) => {
        setImmediate(() => {
          this.#failed(link)
          resolve()
        })
      })
      return
    }
    worker.unref()
    this.#worker = worker
    this.#port = link.control
    this.#watch(worker, link)
    if (onThread.hasSubscribers) onThread.publish({ event: 'start', threadId: worker.threadId })
  }

  /** Tells the thread that the running job of a cell is aborted. */
  announceAbort(cell: number): void {
    this.#port?.postMessage(cell)
  }

  /** Asks the thread to finish in good order, with the jobs that it runs; it must hold none that it has not begun. */
  stop(): void {
    if (this.lane === undefined || this.isStopping) return
    // It may have done jobs while its word that it is ready still waits to be heard.
    if (!this.isReady) this.poll()
    const mayFinish = this.isReady
    this.isReady = false
    this.isStopping = true
    if (mayFinish) this.lane.stop()
    else void this.#worker?.terminate()
  }

  /** Ends the thread now, whatever it does. */
  kill(): void {
    this.isReady = false
    this.isStopping = true
    void this.#worker?.terminate()
  }

  /** Takes in control messages on a host that does not sit on its event loop. */
  poll(): void {
    if (this.#port === undefined) return
    for (let got = receiveMessageOnPort(this.#port); got; got = receiveMessageOnPort(this.#port)) {
      this.#hear(got.message as FromWorker)
    }
  }

  /** Undefined when Node refuses: options it does not accept, `workerData` that cannot be cloned, no memory. */
  #create({ boot, failure }: ThreadLink): Worker | undefined {
    const { module, worker: options } = this.settings
    try {
      if (failure !== undefined) throw failure
      return startWorker(module, {
        ...options,
        workerData: { [BOOT_KEY]: boot },
        transferList: [boot.port, boot.values],
      })
    } catch (error) {
      this.#cause = error
      return undefined
    }
  }

  #failed({ lane, control, values }: ThreadLink): void {
    this.lane = undefined
    this.owner.exited(this, lane, {
      threadId: -1,
      exitCode: -1,
      wasReady: false,
      wasStopped: this.isStopping,
      failure: 'the worker thread could not be created',
      cause: this.#cause,
    })
    control.close()
    values.close()
  }

  #watch(worker: Worker, { lane, control, values }: ThreadLink): void {
    const { threadId } = worker
    this.#failure = undefined
    this.#cause = undefined
    const tooLate = () => {
      // This host may have been busy for as long, and the thread's word lies here.
      this.poll()
      if (this.#wasReady || this.#failure !== undefined) return
      this.#failure = `the job module was not ready after ${this.settings.startTimeout} ms`
      void worker.terminate()
    }
    this.#late = setTimeout(tooLate, Math.min(this.settings.startTimeout, 2 ** 31 - 1)).unref()
    control.on('message', (message: FromWorker) => this.#hear(message))
    control.unref()
    worker.on('error', (error) => {
      this.#cause ??= error
    })
    const output = outputEnded(worker)
    this.#gone = new Promise((resolve) => {
      worker.once('exit', (exitCode) => {
        this.poll()
        clearTimeout(this.#late)
        // While it has its lane: what a subscriber pushes now goes the way of all that was in there.
        if (onThread.hasSubscribers) onThread.publish({ event: 'exit', threadId, exitCode })
        const wasReady = this.#wasReady
        this.#wasReady = false
        this.lane = undefined
        this.#worker = undefined
        this.#port = undefined
        this.isReady = false
        const exit = {
          threadId,
          exitCode,
          wasReady,
          wasStopped: this.isStopping,
          failure: this.#failure,
          cause: this.#cause,
        }
        this.owner.exited(this, lane, exit)
        control.close()
        values.close()
        void output.then(resolve)
      })
    })
  }

  #hear(message: FromWorker): void {
    if (message === 0) {
      this.owner.rang()
    } else if (message.type === 'ready') {
      clearTimeout(this.#late)
      this.#wasReady = true
      this.idleSince = now()
      this.isReady = !this.isStopping
      if (onThread.hasSubscribers) {
        onThread.publish({ event: 'ready', threadId: this.#worker?.threadId })
      }
      this.owner.ready(this, message.jobs, message.idempotent)
    } else {
      const cause = restore(message.error as ErrorReport, undefined, this.settings.module)
      if (this.#wasReady) {
        this.owner.complained(cause)
      } else {
        // The first word is the reason; what the end of the thread brings about comes later.
        this.#failure ??= message.failure
        this.#cause ??= cause
        void this.#worker?.terminate()
      }
    }
  }
}
