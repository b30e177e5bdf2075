// For a project whose `lib` has no Symbol.dispose yet: without it the declarations would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
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
