"""A drawn department on the morning of Monday 19 October 2026, small enough to count by hand."""

from drawn import crm

from audit.workspace import Workspace

CLIENT = """
name: Drawn
language: {lang}
currency: EUR
country: XX
plan_basis: won
privacy: {privacy}
client_names: {names}
norms:
  - {{metric: call_out, value: 2, per: day, basis: client}}
rules: {{standup_tasks: {most}, lead_sla_minutes: 30}}
"""
# October has 22 working days, 12 of them before the 19th
WORLD = """
users
    user_id  name      hired_at    left_at
    u1       Ann~Ash   2024-01-01  -
    u2       Bob~Birch 2024-01-01  -
    u3       Cid~Cedar 2024-01-01  2026-09-30
absences
    user_id  date        kind
    u2       2026-10-19  leave
plans
    period_start  period_end  scope    scope_id   metric   target
    2026-09-01    2026-10-01  company  -          revenue  1000
    2026-10-01    2026-11-01  company  -          revenue  2200
    2026-10-01    2026-11-01  user     Ann~Ash    revenue  1100
    2026-10-01    2026-11-01  user     Bob~Birch  revenue  1100
stages
    pipeline_id  stage_id  name  ord  semantic  max_days
    p            new       New   1    open      5
    p            won       Won   2    won       -
    p            lost      Lost  3    lost      -
stage_history
    entity  entity_id  pipeline_id  to_stage  entered_at
    deal    d4         p            new       2026-10-01T09:00
    deal    d5         p            new       2026-10-16T09:00
clients
    client_id  name
    c1         Alder~Ltd
    c2         Beech~Ltd
deals
    deal_id  owner_id  client_id  pipeline_id  stage_id  semantic  amount  created_at        closed_at         next_activity_at
    d0       u1        c2         p            won       won       700     2026-08-01T10:00  2026-09-15T10:00  -
    d1       u1        c1         p            won       won       300     2026-09-01T10:00  2026-10-05T10:00  -
    d2       u2        c2         p            won       won       800     2026-09-01T10:00  2026-10-12T10:00  -
    d3       u1        c1         p            won       won       500     2026-10-01T10:00  2026-10-19T10:00  -
    d4       u1        c1         p            new       open      900     2026-10-01T09:00  -                 -
    d5       u3        c2         p            new       open      400     2026-10-16T09:00  -                 2026-10-21T10:00
leads
    lead_id  owner_id  source  semantic  created_at
    l1       u1        Site    open      2026-10-16T12:00
    l2       u1        Fair    open      2026-10-16T11:00
activities
    activity_id  kind      owner_id  entity  entity_id  created_at        started_at        done_at           due_at            is_answered  duration_s  phone
    a1           call_out  u1        deal    d1         2026-10-05T09:00  2026-10-05T09:00  2026-10-05T09:00  -                 yes          120         -
    a2           call_out  u1        lead    l2         2026-10-16T11:10  2026-10-16T11:10  2026-10-16T11:10  -                 yes          90          -
    a3           call_out  u2        deal    d2         2026-10-16T15:00  2026-10-16T15:00  2026-10-16T15:00  -                 yes          200         -
    a4           call_in   -         lead    l2         2026-10-16T16:00  2026-10-16T16:00  2026-10-16T16:00  -                 no           0           +35921234567
    a5           task      u1        deal    d4         2026-10-02T09:00  -                 -                 2026-10-13T10:00  -            -           -
    a6           call_out  u1        lead    l1         2026-10-19T09:00  2026-10-19T09:00  2026-10-19T09:00  -                 yes          60          -
invoices
    invoice_id  number  deal_id  client_id  owner_id  issued_on   due_on      amount
    i1          101     d1       c1         u1        2026-10-05  2026-10-19  100
    i2          102     d2       c2         u2        2026-10-01  2026-10-09  200
    i3          103     d2       c2         u2        2026-10-12  2026-10-22  300
    i4          104     d2       c2         u2        2026-10-12  2026-10-30  400
    i5          105     d1       c1         u1        2026-10-05  2026-10-15  60
payments
    payment_id  invoice_id  received_on  amount
    p1          i2          2026-10-10   50
    p2          i5          2026-10-16   60
"""


def workspace(root, world=WORLD, *, lang="en", privacy="names", names="hidden", most=10) -> Workspace:
    """A client's folder with the drawn tables as intake leaves them."""
    made = Workspace.create(root, CLIENT.format(lang=lang, privacy=privacy, names=names, most=most))
    made.tables.mkdir(parents=True)
    for name, frame in crm(world).items():
        frame.to_parquet(made.tables / f"{name}.parquet", index=False)
    return made

MONDAY = "2026-10-19"
HOSTILE = WORLD.replace("Site", "=cmd|'/c~calc'!A1").replace("Ann~Ash", "<script>window.__xss_a=1</script>").replace(
    "new       New ", "new       <img~src=x~onerror=window.__xss_b=1> ").replace("Alder~Ltd", "<svg/onload=window.__xss_c=1>")
