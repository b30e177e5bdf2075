export { type FakeEvent, FakePoller } from './fake-poller.js'
