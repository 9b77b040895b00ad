// One clip by tus-js-client, the published client of the npm registry.
//   node tus_js.cjs <folder with node_modules> <configuration.json>
// Prints "chunk <bytes>" as the server acknowledges, then "done" or "failed <why>".
const fs = require('fs')
const https = require('https')
const path = require('path')
const { createRequire } = require('module')

const config = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'))
const tus = createRequire(path.join(process.argv[2], 'x.js'))('tus-js-client')
const tls = { ca: fs.readFileSync(config.ca), cert: fs.readFileSync(config.cert), key: fs.readFileSync(config.key) }
const bytes = fs.readFileSync(config.file)
let patches = 0

/** Another request adds bytes behind the client's back, so that its next offset is wrong. */
function addBytes(url, offset, count) {
  return new Promise((resolve, reject) => {
    const headers = {
      'Tus-Resumable': '1.0.0',
      'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
      'Content-Length': String(count),
    }
    const request = https.request(url, { ...tls, method: 'PATCH', headers }, (response) => {
      response.resume()
      response.on('end', () => (response.statusCode === 204 ? resolve() : reject(new Error(`${response.statusCode}`))))
    })
    request.on('error', reject)
    request.end(bytes.subarray(offset, offset + count))
  })
}

function start(uploadUrl) {
  const upload = new tus.Upload(bytes, {
    endpoint: config.endpoint,
    uploadUrl,
    uploadSize: bytes.length,
    chunkSize: config.chunk,
    metadata: config.metadata,
    retryDelays: Array(60).fill(250),
    httpStack: new tus.DefaultHttpStack(tls),
    onBeforeRequest: async (request) => {
      if (request.getMethod() === 'PATCH' && ++patches === 3 && config.mode === 'wrong_offset') {
        await addBytes(request.getURL(), 2 * config.chunk, 1000)
      }
    },
    onChunkComplete: (size, accepted) => {
      console.log(`chunk ${accepted}`)
      if (config.mode === 'pause' && !uploadUrl && accepted >= 2 * config.chunk) {
        upload.abort() // the user pauses, and comes back with the address alone
        setTimeout(() => start(upload.url), 200)
      }
    },
    onSuccess: () => console.log('done'),
    onError: (error) => {
      console.log(`failed ${error}`)
      process.exitCode = 1
    },
  })
  upload.start()
}
start(null)
