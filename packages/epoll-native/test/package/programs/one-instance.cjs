const assert = require('node:assert/strict')

async function compare(entry) {
  const required = require(entry)
  const imported = await import(entry)
  assert.ok(Object.keys(required).length > 0)
  assert.deepEqual(Object.keys(required).sort(), Object.keys(imported).sort())
  for (const name of Object.keys(required)) assert.equal(required[name], imported[name], name)
}

async function main() {
  for (const entry of ['', '/io', '/socket']) await compare(`@rearm/epoll-native${entry}`)
  const { SystemError } = await import('@rearm/epoll-native')
  const { Epoll } = require('@rearm/epoll-native')
  assert.throws(() => new Epoll().add(-1, 0), SystemError)
  console.log('one instance')
}

main()
