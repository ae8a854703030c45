"""The chat in the browser: an `Answer` as a bubble with numbered sources. No question-answering logic."""

from __future__ import annotations

import html
import os
import sys
from typing import TYPE_CHECKING, Any

# Read by gradio when it is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

from index.errors import FootnoteError
from qa.assistant import Assistant
from qa.settings import Settings
from qa.types import Answer, Turn

if TYPE_CHECKING:
    import gradio as gr


def answer_html(answer: Answer) -> str:
    """The answer and its sources as HTML; everything that comes from a document or a model is escaped."""
    lines = "<br>".join(html.escape(line) for line in answer.text.split("\n"))
    parts = [f"<p>{lines}</p>"]
    if answer.notice:
        parts.append(f"<p><em>{html.escape(answer.notice)}</em></p>")
    for citation in answer.citations:
        place = " · ".join(filter(None, (citation.title, citation.date, citation.section)))
        parts.append(
            f"<p><small>[{citation.number}] {html.escape(place)}<br>“{html.escape(citation.quote)}”<br>"
            f"{html.escape(citation.document)}, characters {citation.start}–{citation.end}</small></p>"
        )
    # Markdown reads a line [1]: … as the definition of a link; as an entity the bracket cannot begin one.
    return "".join(parts).replace("[", "&#91;")


def page(assistant: Assistant) -> gr.Blocks:
    """The page; every answer comes from the assistant, in a conversation that the page's session holds."""
    import gradio as gr

    def respond(message: str, shown: list[dict[str, Any]], turns: list[Turn]) -> tuple[str, list[Turn]]:
        try:
            answer = assistant.ask(message, history=turns)
        except FootnoteError as error:
            return html.escape(str(error)), turns
        return answer_html(answer), [*turns, Turn(message, answer)]

    with gr.Blocks(title="Footnote", analytics_enabled=False) as blocks:
        turns = gr.State([])
        gr.ChatInterface(
            respond,
            title="Footnote",
            description="Ask about the documents; every sentence of an answer carries a number that leads to its source.",
            additional_inputs=[turns],
            additional_outputs=[turns],
            api_name="ask",
        )
    return blocks


def main() -> int:
    """Serves the page until interrupted; returns the exit status."""
    try:
        settings = Settings.from_environment()
        if settings.host not in ("127.0.0.1", "localhost", "::1") and not settings.auth:
            print(
                f"Footnote: QA_HOST={settings.host} is open to others: set QA_AUTH=user:password too.", file=sys.stderr
            )
            return 2
        with Assistant.open(settings) as assistant:
            pairs = [tuple(pair.split(":", 1)) for pair in settings.auth.split(",")] if settings.auth else None
            page(assistant).launch(
                server_name=settings.host,
                server_port=settings.port,
                auth=pairs,  # type: ignore[arg-type]
                share=False,
                quiet=True,
                footer_links=[],
                prevent_thread_lock=True,
            )
            print(f"Footnote answers at http://{settings.host}:{settings.port} (Ctrl-C ends it)", file=sys.stderr)
            import signal

            signal.pause()
    except FootnoteError as error:
        print(f"Footnote: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
