// The JSON API as a browser calls it: CSRF token, problem documents, no exception for a lost network.

const LONGEST = 20_000; // ms until a request that changes something is given up

/** @returns {string} */
function token() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

/**
 * A body that is `URLSearchParams` goes as a form, any other as JSON.
 * @param {string} url
 * @param {{ method?: string, body?: unknown, headers?: Record<string, string> }} wanted
 * @returns {Promise<Api.Response>}
 */
export async function call(url, { method = "GET", body, headers = {} } = {}) {
  const isForm = body instanceof URLSearchParams;
  /** @type {Record<string, string>} */
  const sent = { Accept: "application/json", ...headers };
  if (method !== "GET") sent["X-CSRFToken"] = token();
  if (body !== undefined && !isForm) sent["Content-Type"] = "application/json";
  /** @type {RequestInit} */
  const request = { method, headers: sent, credentials: "same-origin" };
  if (body !== undefined) request.body = isForm ? body : JSON.stringify(body);
  if (method !== "GET") request.signal = AbortSignal.timeout(LONGEST);
  try {
    const response = await fetch(url, request);
    const text = await response.text();
    let read = null;
    try { read = text ? JSON.parse(text) : null; } catch { /* an error page of a proxy */ }
    return {
      ok: response.ok, status: response.status, body: read,
      retry: Number(response.headers.get("Retry-After")) || 0, late: false,
    };
  } catch (error) {
    return {
      ok: false, status: 0, body: null, retry: 0,
      late: error instanceof DOMException && error.name === "TimeoutError",
    };
  }
}

const hex = (/** @type {number} */ byte) => byte.toString(16).padStart(2, "0");

/**
 * A new idempotency key. `RequestKey` in run-commands.js keeps it, so that a request tried again starts no
 * second run.
 */
export const newKey = () => (crypto.randomUUID
  ? crypto.randomUUID()
  : [...crypto.getRandomValues(new Uint8Array(16))].map(hex).join(""));
