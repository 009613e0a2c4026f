"""The words of PostgreSQL's own messages, in the languages that it writes its log in.

Source: `postgres.c` (`duration: %s ms  statement: %s` and its like), `elog.c` (severities and the
lines below a message) and their translations in `src/backend/po/*.po`.
"""

from __future__ import annotations

import html
import json
import re

_LOG = "LOG LOGG СООБЩЕНИЕ ЗАПИСУВАННЯ 로그 日志 PROTOKOLL JOURNAL REGISTRO"
_ERROR = (
    "ERROR FATAL PANIC FEHLER PANIK ERREUR ERRORE FATALE PANICO FEL FATALT ОШИБКА ВАЖНО ПАНИКА "
    "ПОМИЛКА ФАТАЛЬНО ПАНІКА 오류 치명적오류 손상 错误 致命错误 比致命错误还过分的错误"
)
_OTHER = (
    "WARNING NOTICE INFO DEBUG DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5 WARNUNG HINWEIS ATTENTION "
    "ATTENZIONE NOTIFICA VARNING NOTIS ПРЕДУПРЕЖДЕНИЕ ЗАМЕЧАНИЕ ИНФОРМАЦИЯ ОТЛАДКА ПОПЕРЕДЖЕННЯ "
    "ПОВІДОМЛЕННЯ ІНФОРМАЦІЯ НАЛАГОДЖЕННЯ 경고 알림 정보 디버그 警告 注意 信息 调试"
)
_STATEMENT_BELOW = "STATEMENT ANWEISUNG INSTRUCTION SENTENCIA ISTRUZIONE ОПЕРАТОР SATS ІНСТРУКЦІЯ"
_DETAIL = "DETAIL DÉTAIL DETALLE DETTAGLI DETALJ ПОДРОБНОСТИ ВІДОМОСТІ 詳細 상세정보 详细信息"
_BELOW = (
    "HINT QUERY CONTEXT LOCATION BACKTRACE TIPP ANFRAGE ZUSAMMENHANG ORT ASTUCE REQUÊTE CONTEXTE "
    "EMPLACEMENT CONSULTA CONTEXTO UBICACIÓN SUGGERIMENTO CONTESTO POSIZIONE ПОДСКАЗКА ЗАПРОС "
    "КОНТЕКСТ ПОЛОЖЕНИЕ СТЕК TIPS FRÅGA KONTEXT PLATS УКАЗІВКА ЗАПИТ РОЗТАШУВАННЯ ВІДСТЕЖУВАТИ "  # noqa: RUF001
    "ヒント 問い合わせ 文脈 場所 バックトレース 힌트 쿼리 내용 위치 역추적 提示 查询 上下文 位置"
)
_DURATION = (
    "duration Dauer durée duración durata продолжительность varaktighet тривалість 期間 실행시간 "
    "수행시간 执行时间"
)
_UNIT = "ms мс ミリ秒"
_STATEMENT = "statement Anweisung instruction sentencia istruzione оператор sats 文 语句"
_EXECUTE = "execute Ausführen exécute ejecutar выполнение kör виконувати 実行 쿼리실행 执行"
_PARAMETERS = (
    "parameters Parameters Parameter paramètres Paramètres parámetros Parámetros parametri "
    "Parametri параметры Параметры parametrar Parametrar параметри Параметри パラメータ 参数"
)


def _any_of(words: str, *phrases: str) -> str:
    return f"(?:{'|'.join(map(re.escape, [*words.split(), *phrases]))})"


LOG = _any_of(_LOG)
ERROR = _any_of(_ERROR)
#: What the first line of a message names, after the prefix.
SEVERITY = _any_of(f"{_LOG} {_ERROR} {_OTHER}")
STATEMENT_BELOW = _any_of(f"{_STATEMENT_BELOW} 文 语句", "명령 구문")
DETAIL = _any_of(_DETAIL)
#: What further lines of a message name.
BELOW = _any_of(f"{_STATEMENT_BELOW} 文 语句 {_DETAIL} {_BELOW}", "명령 구문", "PILE D'APPEL")
PARAMETERS = f"{_any_of(_PARAMETERS, '매개 변수')} ?: "


def message_pattern(rest: str, end: str = r"\r?\n|\Z") -> str:
    """A regular expression for a message that tells a statement, or how long one took.

    `rest` matches what follows. Groups: `duration` (milliseconds), and of these the one that is
    there: `sql`, `plan` (an explained plan, the text of its statement in it), `alone` (nothing but
    a duration, up to `end`). What is fetched from a portal again (`execute fetch from`) is no
    statement.
    """
    statement = _any_of(_STATEMENT, "명령 구문", "выражение")
    execute = f"{_any_of(_EXECUTE, 'esecuzione di')}(?! ?(?i:fetch|hämtning|витягнення))"
    return (
        rf"(?:{_any_of(_DURATION)} ?:? ?(?P<duration>[\d.]{{1,400}}) {_any_of(_UNIT)})?+"
        rf"(?:,? {{0,2}}(?:{statement} ?|{execute}[^:\n]{{1,400}}): (?P<sql>{rest})"
        rf"|  plan:\s{{0,2}}(?P<plan>{rest})|(?P<alone>(?={end})))"
    )


_IN_JSON = re.compile(r'(?:\{\s*"Query Text"|Query Text): ("[^"\\]*+(?:\\.[^"\\]*+)*+")')
_IN_XML = re.compile(r"<Query-Text>(.*?)</Query-Text>", re.DOTALL)
_PLAN = re.compile(r"\n(?:Query Parameters: |\S[^\n]*  \(cost=[\d.]+\.\.[\d.]+ rows=)")


def statement_of_plan(plan: str) -> str:
    """The statement that auto_explain tells of, in each of its four formats; "" if it is cut off.

    Source: `explain.c`, `ExplainQueryText`.
    """
    plan = plan.lstrip()
    if found := _IN_JSON.match(plan):
        try:
            return str(json.loads(found[1], strict=False))
        except ValueError:
            return ""
    if plan.startswith("<") and (found := _IN_XML.search(plan)):
        return html.unescape(found[1])
    if plan.startswith("Query Text: ") and (found := _PLAN.search(plan)):
        return plan[len("Query Text: ") : found.start()]
    return ""
