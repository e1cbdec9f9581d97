Feature: The demo, driven by ALKiln

@demo
Scenario: A tenant answers the case from start to papers
  Given I start the interview at "SERVER/interview?i=engross.packages.demo:eviction_answer.yml"
  And the maximum seconds for each step in this scenario is 20
  When I get to the question id "download" with this data:
    | var | value | trigger |
    | demo_intro | True | |
    | users[0].name.first | Maria | |
    | users[0].name.last | Alvarez | |
    | users[0].address.address | 12 Elm Street | |
    | users[0].address.city | Boston | |
    | users[0].address.state | MA | |
    | users[0].address.zip | 02118 | |
    | users[0].phone_number | 617-555-0100 | |
    | users[0].email | maria@example.com | |
    | other_parties[0].name.first | Elm Street LLC | |
    | docket_number | 26H79SP001234 | |
    | notice_date | 11/02/2026 | |
    | rent_status | some | |
    | reasons['repairs'] | True | |
    | reasons['time'] | True | |
    | problems.there_are_any | True | |
    | problems[i].description | No heat | problems[0].description |
    | problems[i].since | 10/01/2026 | problems[0].description |
    | problems[i].told | True | problems[0].description |
    | problems.target_number | 1 | |
    | has_photos | True | |
    | photos | photo.jpg | |
    | photo_title | Ceiling | |
    | wants_mediation | True | |
    | delivery_method | By mail | |
    | delivery_date | 11/20/2026 | |
    | check_answers | True | |
    | users[0].signature | /sign | |
  Then I should see the phrase "Your papers are ready"
