// A client's WebSocket: what it is told, and how it is closed.

import { once } from 'node:events'
import WebSocket from 'ws'

export class Client {
  #socket
  #closed

  static async open(url) {
    const client = new Client(new WebSocket(url))
    await once(client.#socket, 'open')
    return client
  }

  constructor(socket) {
    this.#socket = socket
    this.#closed = once(socket, 'close').then(([code]) => code)
  }

  send(data) {
    this.#socket.send(data)
  }

  /** Asks for a report, which comes after all that was sent before. */
  async report() {
    this.#socket.send('stats')
    const [text] = await once(this.#socket, 'message')
    return JSON.parse(text)
  }

  close() {
    this.#socket.close(1000)
    return this.#closed
  }

  /** @returns the code, when the other end has closed it */
  closed() {
    return this.#closed
  }
}
