// What Microsoft's own parser of the Kusto query language says of queries: reads {tables, queries} as JSON, tables with
// their columns as [name, type], and prints for each query its diagnostics and the columns of its result.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const load = createRequire(`${process.env.DOUBLE_PACKAGES}/`);
load("@kusto/language-service-next/bridge.js");
load("@kusto/language-service-next/Kusto.Language.Bridge.js");
const { Language } = globalThis.Kusto;
const { ColumnSymbol, DatabaseSymbol, TableSymbol } = Language.Symbols;

function list(array, type) {
  return Array.from({ length: globalThis.System.Array.getCount(array, type) }, (_, at) =>
    globalThis.System.Array.getItem(array, at, type));
}

const { tables, queries } = JSON.parse(readFileSync(0, "utf8"));
const symbols = Object.entries(tables).map(([name, columns]) =>
  TableSymbol.From(`(${columns.map(([column, type]) => `['${column}']:${type}`).join(",")})`).WithName(name));
const globals = Language.GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor("double", symbols));

console.log(JSON.stringify(queries.map((query) => {
  const code = Language.KustoCode.ParseAndAnalyze(query, globals);
  const found = list(code.GetDiagnostics(), Language.Diagnostic);
  const result = code.ResultType;
  const columns = result instanceof TableSymbol ? list(result.Columns, ColumnSymbol) : [];
  return {
    diagnostics: found.filter((one) => one.Severity === "Error").map((one) => one.Message),
    columns: columns.map((column) => [column.Name, column.Type.Name]),
  };
})));
