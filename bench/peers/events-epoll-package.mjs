// The consumer of suites/epoll-package.mjs on npm's `epoll`, as its README uses it: the callback reads the
// descriptor with fs.readSync. As its performance check uses it, the callback counts, and nobody reads.
// $EPOLL_PACKAGE says where the package is.
import { readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { descriptors, reportWhenAsked, staysReady } from './events-report.mjs'

const { Epoll } = createRequire(import.meta.url)(process.env.EPOLL_PACKAGE)
const buffer = Buffer.alloc(8)
const done = { callbacks: 0, events: 0 }

const poller = new Epoll((error, fd) => {
  if (error) throw error
  done.callbacks++
  if (staysReady || readSync(fd, buffer, 0, 8, null) > 0) done.events++
})
for (const fd of descriptors) poller.add(fd, Epoll.EPOLLIN)
reportWhenAsked(done)
