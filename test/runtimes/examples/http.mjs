// Requests, each with a connection of its own: a service may close one as soon as it has
// answered, without reading the rest of a body that it refused.

import { request } from 'node:http'
import { cut } from './facts.mjs'

/** @returns the answer: its status, its JSON or text */
export function send(url, { method, headers = {}, pieces = [] }) {
  return new Promise((resolve, reject) => {
    const client = request(url, { method, headers, agent: false }, async (response) => {
      // Only what comes before the answer is an error.
      client.off('error', reject).on('error', () => {})
      let body = ''
      for await (const text of response.setEncoding('utf8')) body += text
      const isJson = response.headers['content-type'] === 'application/json'
      resolve({ status: response.statusCode, json: isJson ? JSON.parse(body) : undefined })
    })
    client.on('error', reject)
    for (const piece of pieces) client.write(piece)
    client.end()
  })
}

/** Frames by POST, as a client sends them that doesn't know their length in advance. */
export const post = (url, bytes, type = 'application/octet-stream') =>
  send(url, { method: 'POST', headers: { 'content-type': type }, pieces: cut(bytes) })

export const get = (url) => send(url, { method: 'GET' })
