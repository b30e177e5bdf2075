'use strict'

// Kept literal, one static path: tools that trace files (@vercel/nft) evaluate exactly this shape.
// A function, so that importing the package never fails where there is no binary.
module.exports = () => require('node-gyp-build')(require('node:path').join(__dirname, 'native'))
