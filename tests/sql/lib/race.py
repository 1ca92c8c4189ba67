#!/usr/bin/python3
"""Two deliveries at the same time: a parcel given twice counts once, and of the same figure stated twice both statements are kept, one after the other."""

import sys
import threading
import time
import uuid

import psycopg2

DELIVER = """
select outcome, observations, unchanged
from ingest.deliver(%(spool)s, '2024-12-01 08:00+07', '{1}', %(runs)s, '[]', '{}', '{}', '{}', '{race.figure}', '{nt-so-y-te}',
        '{month}', '{calendar}', %(first)s, %(last)s, '{false}', array[%(run)s]::uuid[], '{1}', '{1}', '{1}', '{1}', '{1}',
        array[%(value)s]::numeric[], '{null}', '{null}', '{null}', '{null}', '{null}', '[]', '[]')
"""


def deliver(cursor, spool, month, value):
    """Delivers one figure; returns the row, or the SQLSTATE."""
    run = str(uuid.uuid4())
    runs = f'[{{"parcel": 1, "run": "{run}", "connector": "race", "stream": "race", "started_at": "2024-12-01T00:00:00Z"}}]'
    try:
        cursor.execute(DELIVER, {"spool": spool, "runs": runs, "run": run, "value": value,
                                 "first": f"{{2024-{month:02}-01}}", "last": f"{{2024-{month:02}-28}}"})
        return cursor.fetchone()
    except psycopg2.Error as error:
        return error.pgcode


def is_waiting(target, pid):
    """Whether that session waits for a lock; asked as the one who may see it."""
    with psycopg2.connect(target) as connection, connection.cursor() as cursor:
        cursor.execute("select wait_event_type = 'Lock' from pg_stat_activity where pid = %s", (pid,))
        return cursor.fetchone()[0]


def race(target, first, second):
    """Runs first, then second while first has not committed; commits both."""
    one, two = psycopg2.connect(target), psycopg2.connect(target)
    for connection in (one, two):
        connection.cursor().execute("set role thidua_writer")
    answers = [deliver(one.cursor(), *first)]
    other = threading.Thread(target=lambda: answers.append(deliver(two.cursor(), *second)))
    other.start()
    # The second one waits for the first, or there is no race.
    while other.is_alive() and not is_waiting(target, two.get_backend_pid()):
        time.sleep(0.01)
    one.commit()
    other.join()
    two.commit()
    one.close()
    two.close()
    return answers


def main():
    """Compares what each race answers with what it must."""
    target = sys.argv[1]
    spool = str(uuid.uuid4())

    def another():
        return str(uuid.uuid4())
    kept = [("committed", 1, 0), ("committed", 1, 0)]
    races = [
        ("the same parcel", (spool, 1, 5), (spool, 1, 5), [("committed", 1, 0), ("already", 0, 0)]),
        ("a figure never stated before", (another(), 2, 5), (another(), 2, 6), kept),
        ("the same statement, never made before", (another(), 3, 5), (another(), 3, 5), [("committed", 1, 0), ("committed", 0, 1)]),
        ("a figure that is known", (another(), 2, 7), (another(), 2, 8), kept),
    ]
    bad = 0
    for name, first, second, expected in races:
        answers = race(target, first, second)
        if answers != expected:
            print(f"race of {name}: {answers}, expected {expected}")
            bad += 1
    with psycopg2.connect(target) as connection, connection.cursor() as cursor:
        cursor.execute("""select array_agg(o.value::integer order by o.known_at), (array_agg(l.value::integer))[1], count(distinct o.known_at)
                from fact.observation o
                join fact.latest l using (metric_id, unit_id, period_to, period_from, period_type)
                join registry.metric m using (metric_id)
                where m.name = 'race.figure' and o.period_to = '2024-02-28'""")
        found = cursor.fetchone()
        if found != ([5, 6, 7, 8], 8, 4):
            print(f"statements in their order, the last one, how many instants: {found}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
