// The JSON API as a browser calls it: CSRF token, problem documents, no exception for a lost network.

const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

/** `{ ok, status, body, retry }`; status 0 when the server cannot be reached. */
export async function call(url, { method = "GET", body, headers = {} } = {}) {
  const options = { method, headers: { Accept: "application/json", ...headers }, credentials: "same-origin" };
  if (method !== "GET") options.headers["X-CSRFToken"] = token();
  if (body !== undefined) { options.body = JSON.stringify(body); options.headers["Content-Type"] = "application/json"; }
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    let read = null;
    try { read = text ? JSON.parse(text) : null; } catch { /* an error page of a proxy */ }
    return { ok: answer.ok, status: answer.status, body: read, retry: Number(answer.headers.get("Retry-After")) || 0 };
  } catch {
    return { ok: false, status: 0, body: null, retry: 0 };
  }
}

/** A key that makes a doubled click one run. */
export const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""));
