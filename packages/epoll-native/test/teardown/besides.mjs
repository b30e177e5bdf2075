import { extname } from 'node:path'

/** Another program of the matrix, beside the one at `url`: a source, or (a bundle has another extension) a bundle. */
export function besides(url, program) {
  return new URL(`${program}${extname(url)}`, url)
}
