// The consumer of suites/epoll-package.mjs on npm's `epoll`, as its README uses it: the callback reads the
// descriptor with fs.readSync. $EPOLL_PACKAGE says where the package is.
import { readSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'

const { Epoll } = createRequire(import.meta.url)(process.env.EPOLL_PACKAGE)
const buffer = Buffer.alloc(8)
let callbacks = 0
let reads = 0

const poller = new Epoll((error, fd) => {
  if (error) throw error
  callbacks++
  if (readSync(fd, buffer, 0, 8, null) > 0) reads++
})
for (const fd of process.env.DESCRIPTORS.split(',')) poller.add(Number(fd), Epoll.EPOLLIN)

process.once('SIGTERM', () => {
  writeSync(1, `{"callbacks":${callbacks},"reads":${reads}}\n`)
  process.exit(0)
})
writeSync(1, 'ready\n')
