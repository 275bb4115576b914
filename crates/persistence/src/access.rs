//! The privileges of the service's role in the database, and the ones that it lacks.

use crate::Error;
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Names come quoted where SQL needs them quoted. The tables of the service are those of the owner of diesel's own table.
const QUESTION: &str = "\
    SELECT current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery() AS read_only, \
        quote_ident(current_user) AS role, \
        quote_ident(current_database()) AS database, \
        quote_ident(current_schema()) AS schema, \
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS creates_tables, \
        EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') AS has_trigrams, \
        EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS finds_trigrams, \
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \
            OR has_database_privilege(current_database(), 'CREATE') \
            AND EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted) \
            AS creates_trigrams, \
        migrations.oid IS NOT NULL AS migrated, \
        coalesce(has_table_privilege(migrations.oid, 'SELECT'), true) AS reads_migrations, \
        CASE WHEN NOT pg_has_role(migrations.relowner, 'USAGE') THEN quote_ident(pg_get_userbyid(migrations.relowner)) END \
            AS other_owner, \
        (SELECT string_agg(quote_ident(relname), ', ' ORDER BY relname) FROM pg_class \
            WHERE relkind = 'r' AND relnamespace = migrations.relnamespace AND relowner = migrations.relowner \
                AND oid <> migrations.oid AND NOT (has_table_privilege(oid, 'SELECT') \
                    AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE'))) AS closed_tables \
    FROM (SELECT 1) AS one LEFT JOIN pg_class AS migrations ON migrations.oid = to_regclass('__diesel_schema_migrations')";

const READ_ONLY: &str = "the database is read-only: it is a standby, or default_transaction_read_only is on";

/// What the role may do.
#[derive(Debug, QueryableByName)]
#[expect(clippy::struct_excessive_bools, reason = "the row of one question")]
pub(crate) struct Access {
    #[diesel(sql_type = Bool)]
    read_only: bool,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    database: String,
    /// The schema that new tables go to; `None` if no schema of the `search_path` exists.
    #[diesel(sql_type = Nullable<Text>)]
    schema: Option<String>,
    #[diesel(sql_type = Bool)]
    creates_tables: bool,
    #[diesel(sql_type = Bool)]
    has_trigrams: bool,
    #[diesel(sql_type = Bool)]
    finds_trigrams: bool,
    #[diesel(sql_type = Bool)]
    creates_trigrams: bool,
    /// Whether diesel's table of migrations exists.
    #[diesel(sql_type = Bool)]
    pub(crate) migrated: bool,
    #[diesel(sql_type = Bool)]
    reads_migrations: bool,
    /// The owner of the tables, if the role cannot act as that owner.
    #[diesel(sql_type = Nullable<Text>)]
    other_owner: Option<String>,
    /// The tables that the role may not read and write.
    #[diesel(sql_type = Nullable<Text>)]
    closed_tables: Option<String>,
}

impl Access {
    pub(crate) async fn of(connection: &mut AsyncPgConnection) -> Result<Self, Error> {
        Ok(sql_query(QUESTION).get_result(connection).await?)
    }

    /// Fails if the server takes no writes.
    ///
    /// # Errors
    /// [`Error::ReadOnly`]: after a failover it may become the primary soon.
    pub(crate) fn takes_writes(&self) -> Result<(), Error> {
        if self.read_only { Err(Error::ReadOnly(READ_ONLY.to_owned())) } else { Ok(()) }
    }

    /// Whether the role can read which migrations the database has.
    pub(crate) fn reads_migrations(&self) -> Result<(), Error> {
        if self.reads_migrations {
            return Ok(());
        }
        Err(Error::Migration(format!(
            "the role {} may not read the table __diesel_schema_migrations; as its owner run {}",
            self.role,
            self.grant_tables()
        )))
    }

    /// Why the service could not work with a schema that is up to date.
    pub(crate) fn obstacles_to_serving(&self) -> Vec<String> {
        let mut obstacles = self.read_only();
        if let Some(tables) = &self.closed_tables {
            obstacles.push(format!(
                "the role {} may not read and write the tables {tables}; as their owner run {}",
                self.role,
                self.grant_tables()
            ));
        }
        obstacles
    }

    /// Why the role could not apply migrations.
    pub(crate) fn obstacles_to_migrating(&self) -> Vec<String> {
        let mut obstacles = self.read_only();
        if !obstacles.is_empty() {
            return obstacles;
        }
        let Self { role, database, .. } = self;
        match &self.schema {
            None => obstacles.push(format!(
                "no schema in the search_path of the role {role} exists, or the role may use none of them; create one with \
                 `CREATE SCHEMA {role} AUTHORIZATION {role}`"
            )),
            Some(schema) if !self.creates_tables => {
                let owner = if schema == "public" {
                    format!("`ALTER DATABASE {database} OWNER TO {role}` or ")
                } else {
                    String::new()
                };
                obstacles.push(format!(
                    "the role {role} may not create tables in the schema {schema}; as a superuser run \
                     {owner}`GRANT CREATE ON SCHEMA {schema} TO {role}`"
                ));
            }
            Some(_) => {}
        }
        if !self.has_trigrams && !self.finds_trigrams {
            obstacles.push(
                "the server lacks the extension pg_trgm; install it (Debian and Ubuntu have it in the package \
                 postgresql, Fedora in postgresql-contrib)"
                    .to_owned(),
            );
        } else if !self.has_trigrams && !self.creates_trigrams {
            obstacles.push(format!(
                "the role {role} may not create the extension pg_trgm; run `GRANT CREATE ON DATABASE {database} TO {role}`, or \
                 as a superuser `CREATE EXTENSION pg_trgm`"
            ));
        }
        if let Some(owner) = &self.other_owner {
            obstacles.push(format!(
                "the tables belong to the role {owner}; run `usher migrate` as that role, or `GRANT {owner} TO {role}`"
            ));
        }
        obstacles
    }

    fn read_only(&self) -> Vec<String> {
        if self.read_only { vec![READ_ONLY.to_owned()] } else { Vec::new() }
    }

    fn grant_tables(&self) -> String {
        let schema = self.schema.as_deref().unwrap_or("public");
        format!("`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {}`", self.role)
    }
}
