/**
 * The one typed boundary to the addon: every function of native/src, as C++ checks it.
 * A function returns what the kernel returned (`>= 0`) or `-errno`. It throws a `TypeError`
 * (`ERR_INVALID_ARG_TYPE`) or `RangeError` (`ERR_OUT_OF_RANGE`) for an argument of the wrong type or an
 * integer that does not fit, and nothing else. Bit masks are 32 bits; `-1` and `0xffffffff` are the same.
 */
export interface Native {
  /** `sizeof(struct epoll_event)`: 12 on x86-64 (packed), 16 elsewhere. */
  readonly epollEventSize: number
  /** `offsetof(struct epoll_event, data)`: 4 on x86-64, 8 elsewhere. */
  readonly epollDataOffset: number
  /** Whether the runtime has the symbols of libuv's `uv_poll_*` (not whether they work). */
  readonly hasUvPoll: boolean

  /**
   * Gives the addon the words in which a call by the name of `…Framed` finds its arguments, and leaves its result in
   * the first (`frame.ts`). Returns those in use: the first that were given.
   */
  shareFrame(words: Float64Array): Float64Array
  epollCtlFramed(): void
  readFramed(): void
  writeFramed(): void
  recvFramed(): void
  sendFramed(): void

  registerBuffer(view: Uint8Array): number
  releaseBuffer(id: number): void

  epollCreate1(flags: number): number
  epollCtl(
    epfd: number,
    op: number,
    fd: number,
    events?: number,
    tokenLow?: number,
    tokenHigh?: number,
  ): number
  epollWait(epfd: number, eventsId: number, timeoutMs: number): number
  epollPwait2(epfd: number, eventsId: number, timeoutNs: number): number
  epollSetParams(epfd: number, usecs: number, budget: number, prefer: 0 | 1): number
  epollGetParams(epfd: number, params: Float64Array): number

  watcherOpen(
    epfd: number,
    eventsId: number,
    engine: 0 | 1,
    onBatch: (count: number) => void,
  ): number
  watcherRef(watcher: number): void
  watcherUnref(watcher: number): void
  watcherReattach(watcher: number, epfd: number): number
  watcherClose(watcher: number): void

  close(fd: number): number
  dup(fd: number): number
  dup3(fd: number, target: number, flags: number): number
  fcntl(fd: number, command: number, argument?: number): number
  pipe2(pair: Int32Array, flags: number): number
  eventfd(initial: number, flags: number): number

  read(fd: number, buffer: number | Uint8Array, offset?: number, length?: number): number
  write(fd: number, buffer: number | Uint8Array, offset?: number, length?: number): number
  readv(fd: number, ...buffers: Uint8Array[]): number
  writev(fd: number, ...buffers: Uint8Array[]): number
  sendfile(outFd: number, inFd: number, offset: number | undefined, length: number): number
  splice(
    inFd: number,
    inOffset: number | undefined,
    outFd: number,
    outOffset: number | undefined,
    length: number,
    flags: number,
  ): number

  timerfdCreate(clock: number, flags: number): number
  timerfdSettime(
    fd: number,
    flags: number,
    valueSeconds: number,
    valueNanoseconds: number,
    intervalSeconds: number,
    intervalNanoseconds: number,
  ): number
  timerfdGettime(fd: number, setting: Float64Array): number

  pidfdOpen(pid: number, flags: number): number
  pidfdSendSignal(pidfd: number, signal: number): number
  waitid(pidfd: number, options: number, status: Int32Array): number

  inotifyInit1(flags: number): number
  inotifyAddWatch(fd: number, path: Uint8Array, mask: number): number
  inotifyRmWatch(fd: number, watch: number): number

  socket(domain: number, type: number, protocol: number): number
  socketpair(domain: number, type: number, protocol: number, pair: Int32Array): number
  bind(fd: number, address: Uint8Array): number
  connect(fd: number, address: Uint8Array): number
  listen(fd: number, backlog: number): number
  accept4(fd: number, flags: number, address?: Uint8Array): number
  shutdown(fd: number, how: number): number
  getsockname(fd: number, address: Uint8Array): number
  getpeername(fd: number, address: Uint8Array): number
  getsockopt(fd: number, level: number, name: number, value: Uint8Array): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array): number
  recv(
    fd: number,
    buffer: number | Uint8Array,
    offset: number | undefined,
    length: number | undefined,
    flags: number,
  ): number
  send(
    fd: number,
    buffer: number | Uint8Array,
    offset: number | undefined,
    length: number | undefined,
    flags: number,
  ): number
  recvfrom(
    fd: number,
    buffer: number | Uint8Array,
    offset: number | undefined,
    length: number | undefined,
    flags: number,
    address: Uint8Array,
  ): number
  sendto(
    fd: number,
    buffer: number | Uint8Array,
    offset: number | undefined,
    length: number | undefined,
    flags: number,
    address: Uint8Array,
  ): number
  sendmsg(
    fd: number,
    buffer: number | Uint8Array,
    offset: number | undefined,
    length: number | undefined,
    flags: number,
    descriptors: Int32Array | undefined,
    count: number,
  ): number
  recvmsg(
    fd: number,
    buffer: number | Uint8Array,
    offset: number | undefined,
    length: number | undefined,
    flags: number,
    received: Int32Array,
  ): number
  recvmmsg(
    fd: number,
    headsId: number,
    payloadId: number,
    size: number,
    from: number,
    count: number,
    flags: number,
  ): number
  sendmmsg(
    fd: number,
    headsId: number,
    payloadId: number,
    size: number,
    from: number,
    count: number,
    flags: number,
  ): number
}
