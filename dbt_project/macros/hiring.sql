{#- The stages of hiring in their order, and the tests of the Uniform Guidelines on Employee Selection Procedures. -#}

{#- Each stage with the one before it. -#}
{% macro hiring_steps() -%}
    {{- return([
        ("applied", "screened"),
        ("screened", "interviewed"),
        ("interviewed", "offered"),
        ("offered", "accepted"),
        ("accepted", "started"),
    ]) -}}
{%- endmacro %}

{#- Below four fifths of the highest group's selection rate (29 CFR 1607.4D), in whole numbers: exactly four fifths is
    not below. -#}
{% macro is_below_four_fifths(passed, came, comparison_passed, comparison_came) -%}
    5 * {{ passed }} * {{ comparison_came }} < 4 * {{ comparison_passed }} * {{ came }}
{%- endmacro %}

{#- Fisher's exact two-sided p: the chance, all margins given, of a table no likelier than the one seen (Fisher, R. A.,
    Statistical Methods for Research Workers, section 21.02). One table follows from the one before it by a ratio of
    whole numbers, so their likelihoods relative to each other are sums of logarithms; no factorial is ever worked out,
    and none overflows; a weight below e^-700, which PostgreSQL refuses to work out, stands as that. Tables that are
    equally likely count, although their sums differ in the last digits. -#}
{% macro fisher_exact(passed, came, other_passed, other_came) -%}
    (
        select sum(table_.weight) filter (where table_.log_weight <= table_.seen + 1e-7) / sum(table_.weight)
        from (
            select
                summed.log_weight,
                exp(greatest(summed.log_weight - max(summed.log_weight) over (), -700)) as weight,
                max(summed.log_weight) filter (where summed.x = {{ passed }}) over () as seen
            from (
                select
                    x,
                    sum(
                        case
                            when x > greatest(0, {{ passed }} + {{ other_passed }} - {{ other_came }})
                                then
                                    ln(
                                        cast(({{ came }} - x + 1) as double precision)
                                        * ({{ passed }} + {{ other_passed }} - x + 1)
                                        / (x * ({{ other_came }} - {{ passed }} - {{ other_passed }} + x))
                                    )
                            else 0
                        end
                    ) over (order by x) as log_weight
                from
                    generate_series(
                        greatest(0, {{ passed }} + {{ other_passed }} - {{ other_came }}),
                        least({{ came }}, {{ passed }} + {{ other_passed }})
                    ) as support (x)
            ) as summed
        ) as table_
    )
{%- endmacro %}

{#- Holm's correction over the groups of a family: the smallest p is multiplied by their number, the next by one less,
    and none may fall below the one before it (Holm, S., Scandinavian Journal of Statistics 6, 1979). rank: of the p
    in its family, from 1. number: of p in the family. family: the columns of the family. -#}
{% macro holm(p, rank, number, family) -%}
    max(least(1, ({{ number }} - {{ rank }} + 1) * {{ p }})) over (
        partition by {{ family }}
        order by {{ rank }}
        rows between unbounded preceding and current row
    )
{%- endmacro %}
