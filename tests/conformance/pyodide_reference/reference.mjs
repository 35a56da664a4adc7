// Runs the lines given on standard input in real Pyodide and prints their results as JSON on the last line.
// usage: node reference.mjs NODE_MODULES < {"describe": source, "lines": [...]}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { loadPyodide } = await import(pathToFileURL(`${process.argv[2]}/pyodide/pyodide.mjs`).href);
const job = JSON.parse(readFileSync(0, "utf8"));
// Rejected promises that nobody waits for are part of some lines.
process.on("unhandledRejection", () => {});
const pyodide = await loadPyodide({ stdout: () => {}, stderr: () => {} });
pyodide.runPython(job.describe);
pyodide.globals.set("lines", pyodide.toPy(job.lines));
const results = await pyodide.runPythonAsync("json.dumps(await results_of(lines))");
console.log(`\n${JSON.stringify({ version: pyodide.version, results: JSON.parse(results) })}`);
process.exit(0);
