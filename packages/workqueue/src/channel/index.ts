export { Channel, type WaitOptions } from './channel.js'
export { ChannelClosedError } from './errors.js'
