// The HTTP server around the app: bounds for slow, silent and countless connections, and an answer with CORS
// headers even to what is no HTTP.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { rawRefusal } from './answers.ts'
import type { Outcomes } from './outcomes.ts'

/** More wait in the system's queue; each costs some 10 kB of memory. */
const maxConnections = 12_000
const maxHeaderBytes = 16 * 1024
/**
 * Requests of all connections together that came before the last one on theirs was answered. No SDK, browser or proxy
 * sends so; unbounded, one connection queues thousands in an instant, at some 8 kB each. What node has read of a
 * connection (64 kB) it still takes apart after the hang-up; that is the bound of what each costs.
 */
const maxPipelined = 64

export function createRelayServer(app: RequestListener, outcomes: Outcomes): Server {
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    // How often the time-outs below are looked at.
    connectionsCheckingInterval: 2_000,
    // A long poll is not touched by these: its request is complete, only its answer waits.
    headersTimeout: 15_000,
    requestTimeout: 120_000,
    keepAliveTimeout: 15_000,
    // Else node answers by itself where it is missing: without CORS headers, and uncounted.
    requireHostHeader: false,
  })
  server.maxConnections = maxConnections
  // A sender may end its side of the connection with its last request, and waits for the answer on the other.
  Object.assign(server, { httpAllowHalfOpen: true })
  const listen = boundPipelines(app, outcomes)
  server.on('request', listen)
  // "Expect:" anything is taken as if it weren't there; else node would answer 417 without CORS headers.
  server.on('checkExpectation', listen)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerBroken(error, socket, outcomes))
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
    outcomes.count(0, 'method_not_allowed')
    socket.end(rawRefusal(405, 'Method Not Allowed', 'Only POST and OPTIONS are served here'))
  })
  return server
}

/** Hangs up on a connection that sends on without waiting for answers while too many of such requests are queued. */
function boundPipelines(app: RequestListener, outcomes: Outcomes): RequestListener {
  let queued = 0
  return (req, res) => {
    // An answer gets its connection when those before it are out.
    if (res.socket !== null) {
      app(req, res)
      return
    }
    if (queued >= maxPipelined || req.socket.destroyed) {
      outcomes.count(0, 'invalid_request')
      req.socket.destroy()
      return
    }
    queued += 1
    res.once('close', () => {
      queued -= 1
    })
    app(req, res)
  }
}

function answerBroken(error: NodeJS.ErrnoException, socket: Duplex, outcomes: Outcomes): void {
  // Gone before it said anything, or in the middle of a body.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const within = requestWithin(socket)
  if (!within) outcomes.count(0, 'invalid_request')
  answerLast()

  /** After the answers to sound requests that came before. */
  function answerLast(): void {
    const { _httpMessage: answer } = socket as NodeSocket
    if (answer && answer.req !== within) {
      answer.once('close', answerLast)
      return
    }
    const isAnswered = within !== null && (!answer || answer.headersSent)
    if (isAnswered) socket.end()
    else if (socket.writable) socket.end(brokenAnswer(error.code))
  }
}

/** What node itself keeps on a connection; references of our own would keep its last request in memory. */
type NodeSocket = Duplex & {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null
  /** The answer whose turn it is; none once it is out. */
  readonly _httpMessage?: ServerResponse | null
}

/** The request in whose body a connection broke: it is counted where its body is read, or was when it was refused. */
function requestWithin(socket: Duplex): IncomingMessage | null {
  const incoming = (socket as NodeSocket).parser?.incoming
  return incoming && !incoming.complete ? incoming : null
}

function brokenAnswer(code: string | undefined): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return rawRefusal(431, 'Request Header Fields Too Large', 'The headers are too large')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return rawRefusal(408, 'Request Timeout', 'The request took too long')
    default:
      return rawRefusal(400, 'Bad Request', 'The request is malformed')
  }
}
