// Metrics as Prometheus gets them: the real SDK, its exporter, and a server that is scraped.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

export interface Scraped {
  meterProvider: MeterProvider
  scrape(): Promise<Sample[]>
  close(): Promise<void>
}

export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

export async function prometheus(): Promise<Scraped> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const meterProvider = new MeterProvider({ readers: [exporter] })
  const server = createServer((req, res) => exporter.getMetricsRequestHandler(req, res))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    meterProvider,
    scrape: async () => samplesOf(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    close: async () => {
      await meterProvider.shutdown()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** The text format of Prometheus, as far as it is used here. */
function samplesOf(text: string): Sample[] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [, name = '', inner = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? []
      const labels = Object.fromEntries(
        [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', label = '']) => [key, label]),
      )
      return { name, labels, value: Number(value) }
    })
}

/** The value of the one sample that has these labels among its own; undefined where there is none. */
export function sampleValue(samples: Sample[], name: string, labels: Record<string, string> = {}) {
  const found = samples.filter(
    sample =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )
  if (found.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} is ${found.length} samples`)
  return found[0]?.value
}
