// For a project whose `lib` has no Symbol.dispose yet: without it the declarations would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
export type {
  Address,
  CanAddress,
  Ipv4Address,
  Ipv6Address,
  NetlinkAddress,
  OtherAddress,
  UnixAddress,
} from './address.js'
export {
  accept4,
  bind,
  connect,
  getpeername,
  getsockname,
  listen,
  recv,
  recvfrom,
  send,
  sendto,
  shutdown,
  socket,
  socketpair,
} from './calls.js'
export {
  AddressFamily,
  MessageFlag,
  Protocol,
  ShutdownMode,
  SocketFlag,
  SocketType,
} from './constants.js'
export { ReceivedDescriptors, recvmsg, sendmsg } from './descriptors.js'
export { SocketOption, type SocketOptionName } from './option-names.js'
export type { Linger, OptionValue, PeerCredentials } from './option-values.js'
export { getSocketOption, getsockopt, setSocketOption, setsockopt } from './options.js'
export { PacketArray, recvmmsg, sendmmsg } from './packets.js'
export { SocketAddress } from './socket-address.js'
export type { TcpInfo } from './tcp-info.js'
