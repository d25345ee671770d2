/** An answer in place of the application's: nothing of it says what stands behind. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export function answerTo(error: unknown): Answer {
  const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  const body =
    status === 503
      ? 'The service is busy. Please try again in a moment.\n'
      : 'Something went wrong with your session. Please try again later.\n'
  return { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, body }
}
