"""The platform against real Pyodide: the same Python lines run in both, and the results must agree."""
