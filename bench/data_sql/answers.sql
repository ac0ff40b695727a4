-- The answers of one part file: its sessions in the order of time, then rows that belong to sessions of an earlier
-- part: late answers and second submissions. Four per cent of the rows are dirt:
--   1 % repeat a key: whole sessions (a double click, a tie of two contradicting copies, a later correction, a copy under
--     another customer) and single answers (the same row twice, a tie, a later correction);
--   2 % are invalid or say nothing: blank, not applicable, unknown spelling, unknown question, key or survey missing,
--     no time or one in the future; a few ids have stray blanks.
with own as (
    select * from sessions
    where session_no >= getvariable('first_session') and session_no < getvariable('last_session')
),

earlier as (
    select * from sessions
    where session_no >= getvariable('first_late') and session_no < getvariable('last_late')
),

copies as (
    select *, 0 as version, false as is_moved from own
    union all
    select *, 1 as version, false as is_moved from own where resubmit_kind in (0, 1, 2)
    union all
    select *, 0 as version, true as is_moved from earlier where is_late
    union all
    select *, 1 as version, true as is_moved from earlier where resubmit_kind >= 3
),

cells as (
    select
        copies.*,
        questions.question_no,
        questions.question_id,
        questions.appeal,
        -- a double click (kinds 0, 1, 3) repeats the answers, other copies are answered anew
        roll(
            session_no, question_no, case when resubmit_kind in (0, 1, 3) then 0 else version end
        ) as h
    from copies
    cross join questions
    -- a late session sends its last six questions later
    where version = 1 or is_moved = (is_late and question_no >= 18)
),

repeated as (
    select *, 0 as again, h as g from cells
    union all
    -- four single answers in a thousand come twice: with the same time and content, in a tie, or corrected later
    select *, 1 + (h >> 22) % 4 as again, case when (h >> 22) % 4 = 0 then h else roll(h, 'again') end as g
    from cells
    where (h >> 12) % 1000 < 4
),

levels as (
    select
        *,
        g % 10000 / 10000.0 + mood + appeal as x,
        (g >> 14) % 1000 as spelling,
        (g >> 26) % 10000 as dirt
    from repeated
),

spelled as (
    select
        *,
        case when x < 0.10 then 1 when x < 0.24 then 2 when x < 0.50 then 3 when x < 0.92 then 4 else 5 end as level,
        case
            when spelling < 550 then 1
            when spelling < 800 then 2
            when spelling < 920 then 3
            else 4 + spelling % 8
        end as style
    from levels
)

select
    case when dirt between 9900 and 9909 then null else 'R' || lpad(session_no::varchar, 8, '0') end
    || case when dirt between 9910 and 9911 then ' ' else '' end as response_id,
    case
        when dirt between 9912 and 9921 then 'q_removed'
        when dirt between 9922 and 9923 then question_id || ' '
        else question_id
    end as question_id,
    case when dirt not between 9924 and 9928 then 'W' || (wave + 1) end as survey_id,
    case
        when customer_no is null then null
        when resubmit_kind = 9 and version = 1
            then 'C' || lpad(((customer_no + 1) % getvariable('customers'))::varchar, 7, '0')
        when dirt = 9929 then ' C' || lpad(customer_no::varchar, 7, '0')
        else 'C' || lpad(customer_no::varchar, 7, '0')
    end as customer_id,
    case
        when dirt between 9930 and 9979 then case when dirt % 3 = 0 then null when dirt % 3 = 1 then '' else ' ' end
        when dirt between 9980 and 9999 then ['6', '挺好的', '???', 'ok', '0', '很一般', 'satisfied!', '4-5'][1 + dirt % 8]
        when dirt between 9840 and 9879 then ['N/A', '不适用', '不清楚', 'n/a '][1 + dirt % 4]
        when dirt between 9800 and 9839 then ['6分', '好', 'x', '一般般', 'fine'][1 + dirt % 5]
        when style = 1 then level::varchar
        when style = 2 then ['很不满意', '不满意', '基本满意', '满意', '非常满意'][level]
        when style = 3 then ['Very dissatisfied', 'Dissatisfied', 'Basically satisfied', 'Satisfied', 'Very satisfied'][level]
        when style = 4 then level || '分'
        when style = 5 then ' ' || level
        when style = 6 then level || '.0'
        when style = 7 then ['１', '２', '３', '４', '５'][level]
        when style = 8 then ['VERY DISSATISFIED', 'DISSATISFIED', 'FAIRLY  SATISFIED', 'SATISFIED ', 'Very  satisfied'][level]
        when style = 9 then ['极不满意', '比较不满意', '基本上满意', '满意　', '　很满意'][level]
        when style = 10 then ['非常不满意', '不满意 ', '3分', '满意', '十分满意'][level]
        else ['Not at all satisfied', 'Unsatisfied', 'fairly satisfied', 'satisfied', 'Completely satisfied'][level]
    end as answer,
    case
        when dirt between 9880 and 9884 then null
        when dirt between 9885 and 9889 then timestamp '2099-12-31 00:00:00'
        when (version = 1 and resubmit_kind >= 5) or again >= 3 then answered_at + to_hours(30)
        -- the app saves every answer at once, the others a questionnaire as a whole
        when channel = 'app' then answered_at + to_seconds(7 * question_no)
        else answered_at
    end::timestamp as answered_at,
    channel
from spelled
order by is_moved, case when is_moved then roll(session_no) end, session_no, version, question_no, again;
