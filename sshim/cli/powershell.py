"""Completion in PowerShell, which click does not know: the script, and what it asks and is answered.

The script sends the words of the line up to the cursor, a line each, and the word to complete; it gets lines
of value, tab, remark. For paths it gets nothing: PowerShell then completes files by itself.
"""

from __future__ import annotations

from typing import Any, ClassVar

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

NAME = "powershell"

_SOURCE = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $ast, $position)
    $words = $ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $position } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
        else { $_.Extent.Text }
    }
    $before = $env:%(complete_var)s, $env:_SSHIM_WORDS, $env:_SSHIM_WORD
    try {
        $env:%(complete_var)s = 'powershell_complete'
        $env:_SSHIM_WORDS = $words -join "`n"
        $env:_SSHIM_WORD = "$word"
        & $words[0] | Where-Object { $_ } | ForEach-Object {
            $value, $remark = $_ -split "`t", 2
            if (-not $remark) { $remark = $value }
            $text = $value
            if ($value -match '[^\\w./:=@+-]') { $text = "'" + $value.Replace("'", "''") + "'" }
            [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $remark)
        }
    } finally {
        $env:%(complete_var)s, $env:_SSHIM_WORDS, $env:_SSHIM_WORD = $before
    }
}
"""


class PowerShellComplete(ShellComplete):
    """Answers the script; the line is in the variables of the session that click passes on as `obj`."""

    name: ClassVar[str] = NAME
    source_template: ClassVar[str] = _SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words behind the program's name that are complete, and the one that is not."""
        environ = self.ctx_args["obj"].environ
        words = environ.get("_SSHIM_WORDS", "").split("\n")[1:]
        incomplete = environ.get("_SSHIM_WORD", "").strip("'\"")
        if incomplete and words:
            words.pop()
        return words, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """One line of the answer."""
        remark = " ".join(str(item.help or "").split())
        return f"{item.value}\t{remark}" if remark else str(item.value)

    def complete(self) -> str:
        """All lines of the answer; no line for a path."""
        words, incomplete = self.get_completion_args()
        found: list[Any] = self.get_completions(words, incomplete)
        return "\n".join(self.format_completion(item) for item in found if item.type == "plain")


def install() -> None:
    """Makes click know this shell."""
    add_completion_class(PowerShellComplete)
