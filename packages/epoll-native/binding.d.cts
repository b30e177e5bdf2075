/** Loads the addon: native/build/Release (built from source) first, then native/prebuilds. */
declare function loadBinding(): unknown
export = loadBinding
