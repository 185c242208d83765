-- How many labels there are of a dimension; a label that replaces another is one more.
select count(*) as labels from human_labels where dimension = $dimension
