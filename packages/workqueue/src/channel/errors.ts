/** A `put` met a closed channel; `value` is what could not be put. `code` is `'ERR_CHANNEL_CLOSED'`. */
export class ChannelClosedError<T = unknown> extends Error {
  override readonly name = 'ChannelClosedError'
  readonly code = 'ERR_CHANNEL_CLOSED'

  constructor(readonly value: T) {
    super('the channel is closed')
  }
}
