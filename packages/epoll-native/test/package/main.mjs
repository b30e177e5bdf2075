// `npm run test:package`: the package as it is published. Builds it, packs it once, and uses the tarball as a
// stranger would. With --all-targets (the release job) every target's binary must be there already, and in it.
import './tarball.test.mjs'
import './manifest.test.mjs'
import './linters.test.mjs'
import './declarations.test.mjs'
import './install.test.mjs'
import './modules.test.mjs'
import './typescript.test.mjs'
import './bundle.test.mjs'
import './no-binary.test.mjs'
