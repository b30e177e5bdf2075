// `npm run build:native`: builds the addon for this machine into native/build/Release, incrementally.
import { createRequire } from 'node:module'
import { gypEnvironment } from './nodedir.mjs'
import { nativeDir } from './paths.mjs'
import { runMain, tryRun } from './run.mjs'

runMain(() => {
  if (process.platform !== 'linux') {
    console.log('The addon is for Linux alone; elsewhere the package says so when it is used.')
    return
  }
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const { status, output } = tryRun(
    process.execPath,
    [nodeGyp, 'configure', 'build', '--release', '-C', nativeDir],
    { env: gypEnvironment() },
  )
  if (status === 0) return
  throw new Error(
    `${output}\nThe addon could not be built. It takes python3, make and a C++20 compiler ` +
      '(Debian, Ubuntu: apt-get install python3 make g++; Alpine: apk add python3 make g++).',
  )
})
