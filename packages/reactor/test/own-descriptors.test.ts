import { readlinkSync } from 'node:fs'
import { Reactor } from '@rearm/reactor'
import { expect, test } from 'vitest'

test('a reactor names the descriptors that it has open itself, until it is closed', () => {
  const reactor = new Reactor({ loop: 'manual' })
  const names = reactor.descriptors.map((fd) => readlinkSync(`/proc/self/fd/${fd}`))
  expect(names.toSorted()).toEqual(['anon_inode:[eventfd]', 'anon_inode:[eventpoll]'])
  reactor.close()
  expect(reactor.descriptors).toEqual([])
})
