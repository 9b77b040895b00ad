-- The competent department's document by which the class's names and ID numbers are not filed; empty: an ordinary class.
ALTER TABLE training_class ADD COLUMN confidential_document TEXT NOT NULL DEFAULT '';
