// Where things are in this package. Everything under `cache` can be deleted at any time.
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

export const repositoryDir = at('../..')
export const packageDir = at('.')
export const nativeDir = at('native')
export const prebuildsDir = at('native/prebuilds')
export const rigDir = at('test/binaries')
export const cacheDir = at('.cache')
