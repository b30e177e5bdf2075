// Loaded first (node --require) into every process and worker of the sanitizer run: makes node-gyp-build answer
// with the sanitized binary, so that the package itself needs no door for tests.
const load = require('node-gyp-build')

const { REARM_SANITIZED: binary, REARM_NATIVE: nativeDir } = process.env
const resolve = load.resolve

load.resolve = (dir) => (dir === nativeDir ? binary : resolve(dir))
