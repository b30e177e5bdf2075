export { DescriptorFlag } from '../descriptor-flags.js'
export { IoBuffer, type IoBufferId, type IoMemory } from '../io-buffer.js'
export {
  close,
  dup,
  dup3,
  fcntl,
  pipe2,
  read,
  readv,
  sendfile,
  splice,
  write,
  writev,
} from './calls.js'
export { FcntlCommand, FdFlag, FileFlag, SpliceFlag } from './constants.js'
