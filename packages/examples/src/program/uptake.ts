import { getSocketOption, SocketOption } from '@rearm/epoll-native/socket'

/**
 * What a peer has taken of what it was sent, as its kernel acknowledges it. Readiness does not tell of that: it comes when a third
 * of the send buffer is free, which takes a slow reader longer than an idle timeout. Over its reader's head a kernel takes only
 * what its window holds; after that, as much as was read, in pieces of a segment.
 */
export class Uptake {
  #bytes = 0n

  /** Whether the peer of this connection has taken some since the last look. */
  hasGrown(fd: number): boolean {
    const { bytesAcked } = getSocketOption(fd, SocketOption.TCP_INFO)
    const hasGrown = bytesAcked !== this.#bytes
    this.#bytes = bytesAcked
    return hasGrown
  }
}
