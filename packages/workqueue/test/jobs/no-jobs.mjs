export default { echo: (value) => value }
