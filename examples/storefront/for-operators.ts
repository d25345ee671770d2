// What the programs of an operator ask for. Let the proxy in front keep both addresses to itself.

import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { Router } from 'express'
import type { Sessions } from 'latchkey'
import { instrument } from 'latchkey/metrics'

/** No session is opened here: GET /healthz must be answered when Redis is away. */
export function forOperators(sessions: Sessions): Router {
  const router = Router()

  // It names no server and no session.
  router.get('/healthz', async (_req, res) => {
    const health = await sessions.health()
    res.status(health.ok ? 200 : 503).json(health)
  })

  // As Prometheus reads it. Without `preventServerStart` the exporter opens a port of its own.
  const exporter = new PrometheusExporter({ preventServerStart: true })
  instrument(sessions, { meterProvider: new MeterProvider({ readers: [exporter] }) })
  router.get('/metrics', (req, res) => exporter.getMetricsRequestHandler(req, res))

  return router
}
