// Renders labels for the tests: one JSON request a line in, one JSON answer a line out, one process for all.
//   {"zpl": "^XA...", "width_mm": 101.5, "height_mm": 152.25, "dots_per_mm": 8}  ->  {"pngs": ["base64", ...]}  or  {"error": "..."}
import { createInterface } from "node:readline";
import { ready } from "zpl-renderer-js";

const { api } = await ready;

for await (const line of createInterface({ input: process.stdin })) {
  const { zpl, width_mm, height_mm, dots_per_mm } = JSON.parse(line);
  let answer;
  try {
    answer = { pngs: await api.zplToBase64MultipleAsync(zpl, width_mm, height_mm, dots_per_mm) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0); // the wasm runtime would keep the process alive
