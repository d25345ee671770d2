import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

type Gone = () => void

/** What waits behind other responses of a connection. */
const queues = new WeakMap<Socket, Set<Gone>>()

/**
 * Calls `gone` once, when the response has left or the client has gone. A response that waits behind
 * another one of its connection, as pipelined requests make them, hears nothing from node:http when the connection ends.
 *
 * @returns what ends the listening
 */
export function onceGone(res: ServerResponse, gone: Gone): () => void {
  const socket = res.socket ? undefined : res.req?.socket
  const queue = typeof socket?.once === 'function' ? (queues.get(socket) ?? watch(socket)) : undefined
  const heard = () => {
    forget()
    gone()
  }
  const forget = () => {
    res.off('close', heard)
    queue?.delete(heard)
  }
  res.once('close', heard)
  queue?.add(heard)
  return forget
}

/** One listener for each connection, however many requests a client sends ahead. */
function watch(socket: Socket): Set<Gone> {
  const queue = new Set<Gone>()
  queues.set(socket, queue)
  socket.once('close', () => {
    for (const gone of queue) gone()
  })
  return queue
}

/** Whether the client went before anybody listened. */
export function isGone(res: ServerResponse): boolean {
  return res.destroyed || res.closed || res.req?.socket?.destroyed === true
}
