// The zone as pages name it.
import assert from "node:assert/strict";
import test from "node:test";

import { zoneInWords } from "../../static/js/clock.js";

test("a zone is called by its present name, whatever the browser calls it", () => {
  assert.equal(zoneInWords("Asia/Calcutta"), "Asia/Kolkata (UTC+05:30)");
  assert.equal(zoneInWords("Asia/Kolkata"), "Asia/Kolkata (UTC+05:30)");
  assert.match(zoneInWords("America/Buenos_Aires"), /^America\/Argentina\/Buenos Aires /);
  assert.equal(zoneInWords("UTC"), "UTC");
});
